// The editors of this machine: the one that is brought for tests and the demo, and the one that the user has.
export { ensureEditorHost, ensureEditorServerHost } from '../test/editor/editor-host.ts';
export { serveEditor } from '../test/editor/served-editor.ts';
export { findUserEditor, type UserEditor } from '../test/editor/user-editor.ts';
