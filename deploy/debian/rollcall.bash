# bash completion for rollcall. What there is to choose from is asked of the program itself.

# The words that `rollcall WORDS --help` lists in its table "$1".
_rollcall_listed() {
  local table=$1
  shift
  rollcall "$@" --help 2>/dev/null |
    awk -v table="$table:" '/^[A-Z][a-z]+:$/ { in_table = $0 == table; next }
      !NF { in_table = 0 }
      in_table && /^  [^ ]/ { sub(/^-h,/, "", $1); print $1 }'
}

_rollcall() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} given commands=()
  COMPREPLY=()
  case $previous in
    --config | --*-file)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --data-dir)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
  esac
  # The command is what was given before, as far as each level lists the next.
  for given in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    grep -qxF -e "$given" <<<"$(_rollcall_listed Commands "${commands[@]}")" || break
    commands+=("$given")
  done
  if [[ ${commands[0]} == check-config && $word != -* ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
  fi
  local table=Commands
  [[ $word != -* ]] || table=Options
  mapfile -t COMPREPLY < <(
    compgen -W "$(_rollcall_listed "$table" "${commands[@]}")" -- "$word"
  )
}

complete -F _rollcall rollcall
