/** Gives the agent tools to the editor's language models; what they are is in package.json, made from the registry. */
import { lsp } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection.ts';
import { placingTag, probeConfirmation } from './probe-confirmation.ts';

interface ContributedTool {
  readonly name: string;
  readonly displayName: string;
  readonly tags: readonly string[];
}

export function registerLanguageModelTools(
  tools: readonly ContributedTool[],
  server: ServerConnection,
): vscode.Disposable {
  return vscode.Disposable.from(...tools.map((tool) => vscode.lm.registerTool(tool.name, toolOf(tool, server))));
}

function toolOf(
  { name, displayName, tags }: ContributedTool,
  server: ServerConnection,
): vscode.LanguageModelTool<object> {
  return {
    async invoke({ input, tokenizationOptions }, token) {
      const budget = tokenizationOptions?.tokenBudget;
      // What the model asked for holds, unless the editor has less room.
      const room = budget === undefined ? {} : { roomTokens: Math.floor(budget) };
      const answer = await server.request(lsp.agentTool, { tool: name, input, ...room }, token);
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      if (!answer) throw new Error('The Runlens language server does not run: Runlens: Restart Language Server.');
      if (answer.kind === 'failed') throw new Error(answer.message);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(answer.text)]);
    },
    prepareInvocation({ input }) {
      const invocationMessage = `Runlens: ${displayName}`;
      return tags.includes(placingTag)
        ? { invocationMessage, confirmationMessages: confirmationOf(input) }
        : { invocationMessage };
    },
  };
}

function confirmationOf(input: object): vscode.LanguageModelToolConfirmationMessages {
  const { title, text } = probeConfirmation(input);
  // Plain text in a code block: what a model asks for may hold Markdown.
  const message = new vscode.MarkdownString();
  message.appendCodeblock(text, 'text');
  message.appendText('It only reads. It may still wait for your approval of exactly this probe.');
  return { title, message };
}
