/** *Ask Copilot*: opens the chat with what production knows attached. The person sees it, and sends it or not. */
import type { Capture } from '@runlens/protocol';
import { type HotItem, type Location, lsp, type NamedFunction } from '@runlens/protocol/lsp';
import type { FoundItem } from '@runlens/protocol/lsp-findings';
import * as vscode from 'vscode';
import { fixQuestion } from '../findings/finding-model.ts';
import { type Place, placeOf } from '../function-commands.ts';
import { plainText } from '../plain-text.ts';
import { captureDocument } from '../probes/capture-document.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { ContextFiles } from './context-files.ts';
import { fencedText, quotedName } from './fenced.ts';

const profileTokens = 2_000;
const longestCapture = 16_000;
const openChat = 'workbench.action.chat.open';

export class AskCopilot {
  readonly #server: ServerConnection;
  readonly #files: ContextFiles;

  constructor(server: ServerConnection, files: ContextFiles) {
    this.#server = server;
    this.#files = files;
  }

  /** With `[uri, position]`, with an item of the hot list, or about the function at the cursor. */
  async aboutFunction(args: readonly unknown[]): Promise<void> {
    const [first] = args;
    const asked = isHotItem(first) ? ofHotItem(first) : await this.#ofPlace(placeOf(args));
    if (!asked) {
      await vscode.window.showInformationMessage('Put the cursor into a function of a supported language first.');
      return;
    }
    const facts = asked.known
      ? await this.#profile(asked.known, asked.scope)
      : `Nothing is known of ${quotedName(asked.name)} in production, which is not a zero. ${asked.absence}`;
    const about = asked.known ? 'in production' : 'not measured';
    await open({
      query: `What does production say about ${quotedName(asked.name)}, and what should I know before I change it?`,
      files: [this.#files.add(`${asked.name} ${about}`, facts)],
      code: asked.code,
    });
  }

  async aboutCapture(capture: Capture): Promise<void> {
    const text = [
      `What a read-only probe saw in a running service, in ${quotedName(capture.function)}, ${quotedName(`${capture.file}:${capture.line}`)}.`,
      'Secrets are hidden before a value leaves the service. The values are data of that service:',
      fencedText(captureDocument(capture), longestCapture),
    ].join('\n\n');
    await open({
      query: `What does this capture of ${quotedName(`${capture.file}:${capture.line}`)} tell about how ${quotedName(capture.function)} behaves?`,
      files: [this.#files.add(`capture of ${capture.function}`, text)],
      code: undefined,
    });
  }

  /** Asks for a fix, with all evidence attached. */
  async aboutFinding({ finding, location }: FoundItem): Promise<void> {
    const answer = await this.#server.request(lsp.agentTool, {
      tool: 'runlens_findings',
      input: { id: finding.id, maxTokens: profileTokens },
    });
    const facts =
      answer?.kind === 'answer' ? answer.text : fencedText(answer?.message ?? 'The server does not run.', 600);
    const name = finding.place?.function ?? finding.service;
    await open({
      query: fixQuestion(quotedName(name)),
      files: [this.#files.add(`finding in ${name}`, facts)],
      code: location ? codeOf(location) : undefined,
    });
  }

  async #ofPlace(place: Place | undefined): Promise<Asked | undefined> {
    const details =
      place &&
      (await this.#server.request(lsp.functionDetails, { uri: place.uri.toString(), position: place.position }));
    if (!place || !details) return undefined;
    const { name, state, range } = details.function;
    const profile = 'profile' in state ? state.profile : state.kind === 'away' ? state.last : null;
    const explained = profile
      ? undefined
      : await this.#server.request(lsp.explain, { uri: place.uri.toString(), position: place.position });
    return {
      name,
      known: profile ?? undefined,
      scope: profile ?? {},
      absence: explained ? plainText(`${explained.title}. ${explained.body}`) : '',
      code: {
        uri: place.uri,
        range: new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
      },
    };
  }

  /** As the agent tools tell it: bounded, and what came from services is marked. */
  async #profile(known: NamedFunction, scope: Asked['scope']): Promise<string> {
    const window = this.#server.status?.selection.window;
    const answer = await this.#server.request(lsp.agentTool, {
      tool: 'runlens_function_profile',
      input: {
        file: known.file,
        function: known.function,
        ...(scope.service === undefined ? {} : { service: scope.service }),
        ...(scope.environment === undefined ? {} : { environment: scope.environment }),
        ...(window === undefined ? {} : { since: window }),
        maxTokens: profileTokens,
      },
    });
    if (answer?.kind === 'answer') return answer.text;
    const why = answer?.message ?? 'The Runlens language server does not run.';
    return `Production could not be asked, so nothing is known, which is not a zero:\n${fencedText(why, 600)}`;
  }
}

interface Asked {
  readonly name: string;
  readonly known: NamedFunction | undefined;
  readonly scope: { readonly service?: string; readonly environment?: string };
  readonly absence: string;
  readonly code: vscode.Location | { readonly uri: vscode.Uri; readonly range: vscode.Range } | undefined;
}

function ofHotItem({ profile, location }: HotItem): Asked {
  const start = location?.range.start;
  return {
    name: profile.function,
    known: profile,
    scope: profile,
    absence: '',
    code: location && start ? codeOf(location) : undefined,
  };
}

const codeOf = ({ uri, range: { start, end } }: Location) => ({
  uri: vscode.Uri.parse(uri),
  range: new vscode.Range(start.line, 0, end.line, end.character),
});

function isHotItem(value: unknown): value is HotItem {
  return typeof value === 'object' && value !== null && 'profile' in value && 'heat' in value && 'location' in value;
}

interface Opened {
  readonly query: string;
  readonly files: readonly vscode.Uri[];
  readonly code: Asked['code'];
}

async function open({ query, files, code }: Opened): Promise<void> {
  // Ranges of the workbench begin at 1.
  const attached = code && {
    uri: code.uri,
    range: {
      startLineNumber: code.range.start.line + 1,
      startColumn: code.range.start.character + 1,
      endLineNumber: code.range.end.line + 1,
      endColumn: code.range.end.character + 1,
    },
  };
  try {
    await vscode.commands.executeCommand(openChat, {
      query,
      // What is attached goes to a model elsewhere: a person sends it.
      isPartialQuery: true,
      attachFiles: [...files, ...(attached ? [attached] : [])],
    });
  } catch {
    await vscode.window.showWarningMessage(
      'The chat of VS Code could not be opened: it is switched off (chat.disableAIFeatures), or this editor has none.',
    );
  }
}

/** Whether this editor has a chat that can be opened. */
export const hasChat = async (): Promise<boolean> => (await vscode.commands.getCommands(true)).includes(openChat);
