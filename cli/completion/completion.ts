import { Argument, type Command } from "commander";
import { SCRIPTS, type Shell } from "./scripts.ts";

export function addCompletion(completion: Command): void {
  completion
    .addArgument(new Argument("<shell>", "whose script to print").choices(Object.keys(SCRIPTS)))
    .addHelpText(
      "after",
      `
It completes commands, options, their choices, files, and names of services, collectors, tokens, tasks and agents, which
the engines are asked for that the command line names; after a second without an answer there are none.

To have it in every new shell:
  bash  echo 'source <(flashpoint completion bash)' >> ~/.bashrc
  zsh   echo 'source <(flashpoint completion zsh)' >> ~/.zshrc
        (behind compinit there, or: autoload -U compinit && compinit)
  fish  flashpoint completion fish > ~/.config/fish/completions/flashpoint.fish

The shell has to find flashpoint by that name, as after npm install -g.

Examples:
  flashpoint completion bash > /etc/bash_completion.d/flashpoint
  flashpoint completion zsh > "\${fpath[1]}/_flashpoint"
  flashpoint completion fish > ~/.config/fish/completions/flashpoint.fish`,
    )
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell]);
    });
}
