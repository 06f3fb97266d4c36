/** What VS Code gives to a page: one way to send, and a state that outlives the page. */
interface VsCodeApi<Message> {
  readonly postMessage: (message: Message) => void;
  readonly getState: () => unknown;
  readonly setState: (state: unknown) => void;
}
declare function acquireVsCodeApi(): VsCodeApi<unknown>;

/** May be asked for once in a page. */
export function vscodeApi<Message>(): VsCodeApi<Message> {
  return acquireVsCodeApi();
}
