/** Gives the agent tools to the editor's language models; what they are is in package.json, made from the registry. */
import { lsp, type NamedFunction } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import { memoryConfirmation, memoryTag } from './memory-confirmation.ts';
import { placingTag, probeConfirmation } from './probe-confirmation.ts';

interface ContributedTool {
  readonly name: string;
  readonly displayName: string;
  readonly tags: readonly string[];
}

export class LanguageModelTools implements vscode.Disposable {
  /** Of all of them, whoever asks. */
  readonly names: ReadonlySet<string>;
  readonly #server: ServerConnection;
  readonly #answered = new vscode.EventEmitter<readonly NamedFunction[]>();
  readonly #registration: vscode.Disposable;
  /** The functions that an answer speaks of, when it is given. */
  readonly onAnswer = this.#answered.event;

  constructor(tools: readonly ContributedTool[], server: ServerConnection) {
    this.#server = server;
    this.names = new Set(tools.map(({ name }) => name));
    this.#registration = vscode.Disposable.from(
      ...tools.map((tool) => vscode.lm.registerTool(tool.name, this.#toolOf(tool))),
    );
  }

  dispose(): void {
    this.#registration.dispose();
    this.#answered.dispose();
  }

  #toolOf({ name, displayName, tags }: ContributedTool): vscode.LanguageModelTool<object> {
    return {
      invoke: async ({ input, tokenizationOptions }, token) => {
        const budget = tokenizationOptions?.tokenBudget;
        // What the model asked for holds, unless the editor has less room.
        const room = budget === undefined ? {} : { roomTokens: Math.floor(budget) };
        const answer = await this.#server.request(lsp.agentTool, { tool: name, input, ...room }, token);
        if (token.isCancellationRequested) throw new vscode.CancellationError();
        if (!answer) throw new Error('The Runlens language server does not run: Runlens: Restart Language Server.');
        if (answer.kind === 'failed') throw new Error(answer.message);
        this.#answered.fire(answer.functions);
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(answer.text)]);
      },
      prepareInvocation: ({ input }) => {
        const invocationMessage = `Runlens: ${displayName}`;
        if (tags.includes(placingTag)) {
          const note = 'It only reads. It may still wait for your approval of exactly this probe.';
          return { invocationMessage, confirmationMessages: confirmationOf(probeConfirmation(input), note) };
        }
        if (tags.includes(memoryTag)) {
          const note = 'It is a file in `.runlens/memory` of this folder; git shows it as any other.';
          return { invocationMessage, confirmationMessages: confirmationOf(memoryConfirmation(input), note) };
        }
        return { invocationMessage };
      },
    };
  }
}

function confirmationOf(
  { title, text }: { readonly title: string; readonly text: string },
  note: string,
): vscode.LanguageModelToolConfirmationMessages {
  // Plain text in a code block: what a model asks for may hold Markdown.
  const message = new vscode.MarkdownString();
  message.appendCodeblock(text, 'text');
  // As Markdown: blanks of a plain text would not let it wrap.
  message.appendMarkdown(note);
  return { title, message };
}
