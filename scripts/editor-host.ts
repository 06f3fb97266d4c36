// The editors of this machine: the one that is brought for tests and the demo, and the one that the user has.
export { type EditorHost, type EnsureOptions, ensureEditorHost } from '../test/editor/editor-host.ts';
export { findUserEditor, type UserEditor } from '../test/editor/user-editor.ts';
