/** The server's process: `--stdio`, `--node-ipc` or `--socket=PORT`, as the client's command line says. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './language-server.ts';

const connection = createConnection(ProposedFeatures.all);
serve(connection);
connection.listen();
