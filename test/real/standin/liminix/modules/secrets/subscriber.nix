# The service that was given, which now needs another that watches for it.
{ liminix, lib }:
{
  watch,
  service,
  action,
}:
let
  watched = map (reference: "${reference "service"}:${reference "path"}") watch;
  watcher = liminix.services.longrun {
    name = "restart-${service.name}";
    run = "exec watch ${action} ${service.name} ${toString watched}";
  };
in
service.overrideAttrs (before: {
  buildInputs = before.buildInputs ++ lib.optional (watch != [ ]) watcher;
  dependencies = before.dependencies ++ lib.optional (watch != [ ]) watcher;
})
