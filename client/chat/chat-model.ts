/** A language model of VS Code as the loop asks it. */
import * as vscode from 'vscode';
import { type Message, type ModelPart, withoutCalls } from './tool-loop.ts';

export async function* askModel(
  model: vscode.LanguageModelChat,
  messages: readonly Message[],
  tools: readonly vscode.LanguageModelToolInformation[],
  token: vscode.CancellationToken,
): AsyncIterable<ModelPart> {
  const response = await model.sendRequest(
    (tools.length === 0 ? withoutCalls(messages) : messages).map(messageOf),
    tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            name,
            description,
            ...(inputSchema && { inputSchema }),
          })),
        },
    token,
  );
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) yield { kind: 'text', text: part.value };
    if (part instanceof vscode.LanguageModelToolCallPart) {
      yield { kind: 'call', id: part.callId, name: part.name, input: part.input };
    }
  }
}

function messageOf(message: Message): vscode.LanguageModelChatMessage {
  switch (message.role) {
    case 'user':
      return vscode.LanguageModelChatMessage.User(message.text);
    case 'assistant':
      return vscode.LanguageModelChatMessage.Assistant(
        message.parts.map((part) =>
          part.kind === 'text'
            ? new vscode.LanguageModelTextPart(part.text)
            : new vscode.LanguageModelToolCallPart(part.id, part.name, part.input),
        ),
      );
    case 'tools':
      return vscode.LanguageModelChatMessage.User(
        message.results.map(
          ({ id, text }) => new vscode.LanguageModelToolResultPart(id, [new vscode.LanguageModelTextPart(text)]),
        ),
      );
  }
}

/** Why a model did not answer, for a person. */
export function modelProblem(error: unknown): string {
  if (error instanceof vscode.LanguageModelError) {
    switch (error.code) {
      case vscode.LanguageModelError.NoPermissions.name:
        return 'Runlens may not use this language model: allow it when VS Code asks, or pick another model.';
      case vscode.LanguageModelError.NotFound.name:
        return 'The chosen language model is not there any more: pick another one.';
      case vscode.LanguageModelError.Blocked.name:
        return 'The language model refused the request, or its quota is used up.';
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return `The language model did not answer: ${message}`;
}
