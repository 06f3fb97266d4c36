// Stands in for VS Code's native watchdog, which needs a compiler. It ends an extension host whose event loop is stuck
// when its parent is gone; here the owner of the session ends the whole process group (see owned-process.ts).
exports.start = () => {};
exports.exit = (code) => process.exit(code ?? 0);
