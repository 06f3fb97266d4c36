// The tests' foot in the extension host: runs a function that a test sends over a socket only this user can reach,
// with the `vscode` API and one argument, and answers with its result as JSON.
const { createServer } = require('node:http');
const vscode = require('vscode');

const largestRequestBytes = 16 * 1024 * 1024;

exports.activate = (context) => {
  const socket = process.env.RUNLENS_TEST_DRIVER;
  if (socket === undefined) return;
  const server = createServer(async (request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      let text = '';
      request.setEncoding('utf8');
      for await (const chunk of request) {
        text += chunk;
        if (text.length > largestRequestBytes) throw new Error('the function or its argument is larger than 16 MB');
      }
      const { source, argument } = JSON.parse(text);
      const result = await new Function(`return (${source})`)()(vscode, argument);
      answer(200, { result });
    } catch (error) {
      answer(500, { message: String(error?.message ?? error), stack: String(error?.stack ?? '') });
    }
  });
  server.on('error', (error) => console.error(`editor driver: ${error.message}`));
  // A reload of the window starts a new extension host before the old one has let go of the path.
  require('node:fs').rmSync(socket, { force: true });
  server.listen(socket);
  context.subscriptions.push({
    dispose: () => {
      server.close();
      server.closeAllConnections();
    },
  });
};
