# The part of nixpkgs' generic builder that packages here use: the phases by name, each a text in the environment.
if test -n "${src:-}"; then
  cp -r "$src" source
  chmod -R u+w source
  cd source
fi
for phase in ${phases:-patchPhase configurePhase buildPhase ${doCheck:+checkPhase} installPhase}; do
  eval "${!phase:-}"
done
