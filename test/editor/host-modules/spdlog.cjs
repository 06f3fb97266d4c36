// Stands in for VS Code's native log writer, so that the editor is installed with no compiler: the same interface,
// written by Node's own files. Copied over node_modules/@vscode/spdlog/index.js of the installed editor.
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
const infoLevel = levels.indexOf('info');
/** A log that reached this size is written no further: a test session never needs more. */
const largestFileBytes = 32 * 1024 * 1024;

class Logger {
  #path;
  #level = infoLevel;
  #plain = false;
  #bytes = 0;

  constructor(_kind, _name, path) {
    this.#path = path;
  }
  #write(level, message) {
    if (level < this.#level || this.#bytes > largestFileBytes) return;
    const stamp = new Date().toISOString().replace('T', ' ').replace('Z', '');
    const line = this.#plain ? message : `${stamp} [${levels[level]}] ${message}\n`;
    this.#bytes += line.length;
    try {
      appendFileSync(this.#path, line);
    } catch {
      // The session's folder is removed while the last lines come: nobody is left to read them.
    }
  }
  trace(message) {
    this.#write(0, message);
  }
  debug(message) {
    this.#write(1, message);
  }
  info(message) {
    this.#write(2, message);
  }
  warn(message) {
    this.#write(3, message);
  }
  error(message) {
    this.#write(4, message);
  }
  critical(message) {
    this.#write(5, message);
  }
  getLevel() {
    return this.#level;
  }
  setLevel(level) {
    this.#level = level;
  }
  clearFormatters() {
    this.#plain = true;
  }
  setPattern() {}
  flush() {}
  drop() {}
}

async function createLogger(name, path) {
  mkdirSync(dirname(path), { recursive: true });
  return new Logger('rotating', name, path);
}

exports.version = 1;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
