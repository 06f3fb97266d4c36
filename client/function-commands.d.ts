/** The commands on the function at a position: its details, why there are no numbers, what is known as a spoken sentence. */
import { type Position } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { DetailsPanel } from './details/details-panel.ts';
import type { Decorations } from './lens/decorations.ts';
import type { ServerConnection } from './server-connection.ts';
export interface Place {
  readonly uri: vscode.Uri;
  readonly position: Position;
}
/** The place that a command was given as `[uri, position]`, else the cursor's; undefined when there is neither. */
export declare function placeOf(args: readonly unknown[]): Place | undefined;
/** Opens the details page where there are numbers, else explains. */
export declare function showFunction(
  server: ServerConnection,
  details: DetailsPanel,
  args: readonly unknown[],
): Promise<void>;
/**
 * The explanation with its remedies, as a quick pick: it works by keyboard, leaves the code where it is, and is seen in
 * Do Not Disturb mode, too, which holds notifications back.
 */
export declare function why(server: ServerConnection, args: readonly unknown[]): Promise<void>;
/** Tells what is known of the function at the cursor in a message, which screen readers read aloud. */
export declare function tellFunction(server: ServerConnection, args: readonly unknown[]): Promise<void>;
/** Moves the cursor to the next or previous function that is hot in its service (heat 3 or 4). */
export declare function goToHotFunction(decorations: Decorations, direction: 1 | -1): Promise<void>;
//# sourceMappingURL=function-commands.d.ts.map
