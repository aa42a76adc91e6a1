import { Argument } from 'commander'
import type { CliCommand } from '../command.ts'
import { completionScript, type Shell, shells } from '../completion-script.ts'
import { completions } from '../completion-words.ts'

export const command: CliCommand = {
  define(command) {
    command.addArgument(new Argument('<shell>').choices(shells)).action(async (shell: Shell) => {
      const { createProgram } = await import('../main.ts')
      process.stdout.write(completionScript(shell, completions(await createProgram())))
    })
  },
  examples: [
    ['bash >> ~/.bash_completion', 'Complete in bash'],
    ['zsh > ~/.kafka-functions.zsh', 'For zsh; then add to ~/.zshrc, behind compinit: source ~/.kafka-functions.zsh'],
    ['fish > ~/.config/fish/completions/kafka-functions.fish', 'Complete in fish'],
  ],
}
