import { type Completion, frameworkNames, type Word } from './completion-words.ts'

/** The shells for which there is a script. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A script that the shell reads when it starts. It holds all words, so that completing starts no program but sed and awk. */
export function completionScript(shell: Shell, completions: Completion[]): string {
  return scripts[shell](completions)
}

const scripts: Record<Shell, (completions: Completion[]) => string> = { bash, zsh, fish }

const programs = ['kafka-functions', ...frameworkNames]

/**
 * The connectors that the service in this folder declares, one in each line: the keys below `connectors:` of its files, and those of
 * the file of connectors. Other notations, such as a program that makes the declaration, are not read.
 */
const CONNECTORS = `awk '
  FNR == 1 { inside = (FILENAME == ENVIRON["KF_FILE"]); base = -1; child = inside ? 0 : -1 }
  /^ *(#|$)/ { next }
  { match($0, /^ */); depth = RLENGTH }
  inside && depth <= base { inside = 0 }
  inside && child < 0 { child = depth }
  inside && depth == child && match($0, /^ *[A-Za-z0-9_][A-Za-z0-9_-]*:/) { sub(/:.*/, ""); sub(/^ */, ""); print; next }
  /^ *connectors: *$/ { inside = 1; base = depth; child = -1 }
' "$KF_FILE" serverless*.yml 2>/dev/null`

/** For `sh`, so that each shell runs the same. */
const NAMES = `KF_FILE="\${CONNECTORS:-connectors.yml}"; export KF_FILE; [ -f "$KF_FILE" ] || KF_FILE=/dev/null; ${CONNECTORS}`

/** A text between single quotes, for shells of POSIX. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

function cases(completions: Completion[], render: (words: Word[]) => string): string {
  return completions.map(({ behind, words }) => `    ${quoted(behind)}) ${render(words)} ;;`).join('\n')
}

function bash(completions: Completion[]): string {
  return `# Completes kafka-functions and serverless connectors in bash.
_kafka_functions() {
  local typed=() path='' words='' word
  typed=("\${COMP_WORDS[@]:0:COMP_CWORD}")
  [[ \${typed[0]##*/} == npx ]] && typed=("\${typed[@]:1}")
  for word in "\${typed[@]}"; do
    [[ $word == -* ]] && break
    path+="\${path:+ }\${word##*/}"
  done
  COMPREPLY=()
  if [[ \${typed[-1]} == --name ]]; then
    words=$(sh -c ${quoted(NAMES)})
  else case "$path" in
${cases(completions, words => `words=${quoted(words.map(({ word }) => word).join(' '))}`)}
  esac; fi
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kafka_functions ${programs.join(' ')} npx
`
}

function zsh(completions: Completion[]): string {
  const described = (words: Word[]) => `reply=(${words.map(({ word, does }) => quoted(`${word}:${does}`)).join(' ')})`
  return `# Completes kafka-functions and serverless connectors in zsh.
_kafka_functions() {
  local -a typed reply
  local line='' word
  typed=("\${(@)words[1,CURRENT-1]}")
  [[ \${typed[1]:t} == npx ]] && shift typed
  for word in "\${typed[@]}"; do
    [[ $word == -* ]] && break
    line+="\${line:+ }\${word:t}"
  done
  if [[ \${typed[-1]} == --name ]]; then
    reply=(\${(f)"$(sh -c ${quoted(NAMES)})"})
    compadd -a reply
    return
  fi
  case "$line" in
${cases(completions, described)}
    *) _default; return ;;
  esac
  _describe 'command or option' reply
}
compdef _kafka_functions ${programs.join(' ')} npx
`
}

function fish(completions: Completion[]): string {
  const lines = completions.flatMap(({ behind, words }) =>
    words.map(
      ({ word, does }) =>
        `complete -c ${behind.split(' ')[0]} -f -n ${fishQuoted(`__kafka_functions_behind ${fishQuoted(behind)}`)} -a ${fishQuoted(word)} -d ${fishQuoted(does)}`,
    ),
  )
  return `# Completes kafka-functions and serverless connectors in fish.
function __kafka_functions_behind
  set -l path
  for word in (commandline -opc)
    string match -q -- '-*' $word; and break
    set -a path (string replace -r '.*/' '' -- $word)
  end
  test "$path" = "$argv[1]"; and test (commandline -opc)[-1] != --name
end
function __kafka_functions_name
  test (commandline -opc)[-1] = --name
end
function __kafka_functions_connectors
  sh -c ${fishQuoted(NAMES)}
end
${programs.map(program => `complete -c ${program} -f -n __kafka_functions_name -a '(__kafka_functions_connectors)'`).join('\n')}
${lines.join('\n')}
`
}

/** A text between single quotes, for fish. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
