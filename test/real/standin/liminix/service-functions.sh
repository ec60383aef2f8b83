# A service's outputs are files in a folder that SERVICE/.outputs leads to.
SERVICE_OUTPUTS=/run/services/outputs
output() { # SERVICE NAME
  cat "$1/.outputs/$2"
}
output_path() { # SERVICE NAME
  echo "$(realpath "$1/.outputs")/$2"
}
mkoutputs() { # NAME
  mkdir -p "$SERVICE_OUTPUTS/$1"
  echo "$SERVICE_OUTPUTS/$1"
}
in_outputs() { # NAME
  cd "$(mkoutputs "$1")" || return
}
