/**
 * Stands for the addon of aws-lambda-ric where that is not built (it is C++ around libcurl, built when the package is installed
 * with its scripts): the same four functions, of which `done` and `error` block as libcurl does.
 */
const { execFileSync } = require('node:child_process');
const { statSync } = require('node:fs');
const http = require('node:http');
const { basename } = require('node:path');

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const runtime = '/2018-06-01/runtime/invocation';

const post = (path, body) => {
  const options = { hostname, port, path, method: 'POST' };
  const script = `require('node:http').request(${JSON.stringify(options)}).end(process.argv[1])`;
  execFileSync(process.execPath, ['-e', script, body], { env: {} });
};

const client = {
  initializeClient() {},
  next: () =>
    new Promise((resolve, reject) => {
      // Not by http.request: the real one uses none of Node's.
      const request = new http.ClientRequest({ hostname, port, path: `${runtime}/next` });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ bodyJson: String(Buffer.concat(chunks)), headers: response.headers }));
      });
      request.end();
    }),
  done: (id, body) => post(`${runtime}/${id}/response`, body),
  error: (id, body) => post(`${runtime}/${id}/error`, body),
};

const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  if (basename(file) === 'rapid-client.node' && statSync(file).size === 0) module.exports = client;
  else dlopen.call(process, module, file, ...rest);
};
