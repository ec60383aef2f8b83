/** What `--help` prints. */
export const usage = `Usage: nix-eval-js [options] [files]
Evaluates Nix expressions, as nix-instantiate does, without Nix and without a store.

  -E, --expr               the arguments are expressions
  -                        read an expression from standard input
  --eval                   print the value; without it, print the paths of derivations
  --strict                 evaluate all of it
  --json, --xml, --raw     how to print it
  --no-location            no positions in XML
  --parse                  only parse, and print the expression
  --instantiate            print the paths of derivations (the default)
  -f, --file FILE          a file to evaluate
  -A, --attr PATH          select an attribute
  --arg NAME EXPR          pass an argument to a function; --argstr NAME TEXT passes a string
  -I, --include [NAME=]PATH  add to the search path (before NIX_PATH)
  --find-file              print where the names are in the search path
  --show-trace             show the whole trace of an error
  --pure-eval              no environment, time or search path
  --max-call-depth N       nested calls (10000)
  --eval-timeout SECONDS   end evaluation after so long
  --extra-experimental-features NAMES   such as pipe-operators
  --version, --help
`;
