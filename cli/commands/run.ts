import { environmentVariables } from '@runlens/protocol';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { locateCollector } from '../home.ts';
import { runChild } from '../run/child.ts';
import { findSensor } from '../run/sensor-file.ts';
import { ownEndpoint, serviceEnvironment } from '../run/service-environment.ts';
import { addJson, examples } from '../scope-options.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly service?: string;
  readonly environment?: string;
  readonly prepare?: boolean;
  readonly json?: boolean;
}

export function runCommand(session: Session): Command {
  const command = new Command('run')
    .description('runs a Node.js service with the sensor in it')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the command that starts the service: node, npm, npx, tsx …')
    .option(
      '--service <name>',
      "the service's name (OTEL_SERVICE_NAME); default: the one it has set, else its package's",
    )
    .option('--environment <name>', 'the deployment environment that it reports; default: NODE_ENV, else development')
    .option(
      '--prepare',
      'does not run the service: finds out what the sensor has to know of its code, and keeps it for later starts (while an image is built)',
    )
    // Options after the command are the command's own, also without the `--`.
    .passThroughOptions();
  return addJson(command, 'what runlens itself has to say comes as JSON lines on standard error')
    .addHelpText(
      'after',
      `${examples('runlens run -- node app.js', 'runlens run --service shop --environment staging -- npm start', 'RUNLENS_CACHE=/app/.runlens runlens run --prepare -- node app.js')}\n
The command ends as the service ends: with its exit code, or by its signal.`,
    )
    .action(async ([name = '', ...args]: string[], options: Options) => {
      const say = (event: string, message: string): void => {
        session.stderr.write(options.json ? `${JSON.stringify({ event, message })}\n` : `runlens: ${message}\n`);
      };
      const sensorUrl = findSensor();
      if (sensorUrl === undefined) {
        throw new CliFailure(
          exitCodes.failure,
          'The sensor is not beside this command; install runlens again, or add the package @runlens/sensor to the service.',
        );
      }
      const collector = locateCollector(session.env);
      const env = serviceEnvironment(session.env, {
        sensorUrl,
        service: options.service,
        environment: options.environment,
        collector,
      });
      if (options.prepare) {
        env[environmentVariables.prepare] ||= '1';
        const end = await runChild(name, args, { env, cwd: session.cwd, onTerminal: process.stdin.isTTY === true });
        if (end.kind === 'exited') session.exitCode = end.code;
        else session.endedBy = end.signal;
        return;
      }
      const elsewhere = ownEndpoint(session.env);
      const ended = new AbortController();
      // The service starts at once; whether somebody listens is found out meanwhile.
      const looked =
        elsewhere === undefined
          ? sayWhenAway(ended.signal)
          : say('own-endpoint', `telemetry goes to ${elsewhere}, as your OTEL_EXPORTER_OTLP_* variables say`);
      try {
        const end = await runChild(name, args, { env, cwd: session.cwd, onTerminal: process.stdin.isTTY === true });
        if (end.kind === 'exited') session.exitCode = end.code;
        else session.endedBy = end.signal;
      } finally {
        ended.abort();
        await looked;
      }

      async function sayWhenAway(signal: AbortSignal): Promise<void> {
        try {
          await collectorClient(collector).health(signal);
        } catch (error) {
          if (signal.aborted || !(error instanceof CliFailure)) return;
          say('collector-away', `${error.message} The service runs meanwhile.`);
        }
      }
    });
}
