/** By shell, the function that asks us (answer.ts) and what makes the shell call it. */
export const SCRIPTS = {
  bash: `# flashpoint completion bash
_flashpoint() {
  local reply first word
  COMPREPLY=()
  reply=$("$1" __complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return
  first=\${reply%%$'\\n'*}
  if [ "$first" = files ]; then
    compopt -o filenames 2>/dev/null
    word=\${COMP_WORDS[COMP_CWORD]}
    [ "$word" = "=" ] && word=
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$word")
  elif [ "$first" = words ] && [ "$reply" != words ]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done <<< "\${reply#*$'\\n'}"
  fi
}
complete -F _flashpoint flashpoint
`,
  zsh: `#compdef flashpoint
# flashpoint completion zsh
_flashpoint() {
  local -a reply described
  local line word
  reply=("\${(@f)$("\${words[1]}" __complete zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${reply[1]}" = files ]]; then
    [[ -n "\${reply[2]}" ]] && compset -P '*='
    _files
  elif [[ "\${reply[1]}" = words ]]; then
    for line in "\${(@)reply[2,-1]}"; do
      word="\${line%%$'\\t'*}"
      described+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    done
    _describe flashpoint described
  fi
}
if [ "\${funcstack[1]}" = _flashpoint ]; then
  _flashpoint
else
  compdef _flashpoint flashpoint
fi
`,
  fish: `# flashpoint completion fish
function __flashpoint_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l reply ($words[1] __complete fish $words[2..-1] 2>/dev/null)
  if test "$reply[1]" = files
    set -l typed (string replace -- "$reply[2]" "" (commandline -ct))
    for file in (__fish_complete_path $typed)
      printf '%s%s\\n' "$reply[2]" $file
    end
  else if test "$reply[1]" = words; and set -q reply[2]
    printf '%s\\n' $reply[2..-1]
  end
end
complete -c flashpoint -f -a '(__flashpoint_complete)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
