import { neutralise } from '@runlens/agent';
import type { KnownToken, TokenRole } from '@runlens/collector/access/token-store';
import { Command, Option } from 'commander';
import { seconds } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { homeFolder } from '../home.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session } from '../session.ts';

/** Tokens are a file of the home folder: they are made and revoked where the collector runs, whether it does or not. */
export function tokenCommand(session: Session): Command {
  const command = new Command('token')
    .description('tokens of people, programs and agents, each with a role')
    .enablePositionalOptions();
  const store = async () => {
    const { TokenStore } = await import('@runlens/collector/access/token-store');
    return new TokenStore(homeFolder(session.env));
  };
  const recorder = async () => {
    const { recordLocally } = await import('@runlens/collector/audit/record-locally');
    return (action: 'token.create' | 'token.revoke', subject: string) =>
      recordLocally(homeFolder(session.env), action, subject);
  };

  const create = new Command('create')
    .description('makes a token, and prints it once')
    .argument('<name>', 'whose it is')
    .addOption(
      new Option(
        '--role <role>',
        'viewer: reads; prober: places probes; admin: all; agent: reads, and probes as the policy allows',
      )
        .choices(['viewer', 'prober', 'admin', 'agent'])
        .default('viewer'),
    )
    .option('--expires <time>', 'how long: 1h, 30d; default: until it is revoked', seconds);
  addJson(create)
    .addHelpText(
      'after',
      examples('runlens token create ada --role prober --expires 30d', 'runlens token create copilot --role agent'),
    )
    .action(
      async (name: string, { role, expires, json = false }: { role: TokenRole; expires?: number; json?: boolean }) => {
        if (!/^[\p{L}\p{N}._@-]{1,100}$/u.test(name)) {
          throw new CliFailure(exitCodes.usage, 'A name has letters, digits and . _ @ - only, at most 100.');
        }
        const [tokens, record] = [await store(), await recorder()];
        const { token, known } = explained('No token was made', () =>
          tokens.create(name, role, expires ?? null, ({ id }) => record('token.create', `${id} ${name} ${role}`)),
        );
        if (json) printJson(session.stdout, { ...told(known), token });
        else session.stdout.write(`${token}\n`);
      },
    );
  command.addCommand(create);

  command.addCommand(
    addJson(new Command('list').description('all tokens, without what they are')).action(
      async ({ json = false }: { json?: boolean }) => {
        const known = await store();
        const tokens = explained('The tokens cannot be told', () => known.list()).map(told);
        if (json) printJson(session.stdout, { tokens });
        else if (tokens.length === 0)
          throw new CliFailure(exitCodes.nothingFound, 'There are no tokens but that of this machine’s user.');
        else session.stdout.write(`${tokens.map((each) => lineOf(each, session.now())).join('\n')}\n`);
      },
    ),
  );

  command.addCommand(
    addJson(
      new Command('revoke').description('makes a token worthless, at once').argument('<id>', 'its id or name'),
    ).action(async (id: string, { json = false }: { json?: boolean }) => {
      const [tokens, record] = [await store(), await recorder()];
      let unrecorded: unknown;
      const found = explained('The token is not revoked', () =>
        tokens.revoke(id, (revoked) => {
          try {
            for (const each of revoked) record('token.revoke', `${each.id} ${each.name} ${each.role}`);
          } catch (error) {
            unrecorded = error;
          }
        }),
      );
      if (!found) {
        throw new CliFailure(
          exitCodes.nothingFound,
          `There is no token ${neutralise(id, 100)} that counts: "runlens token list" shows them.`,
        );
      }
      if (unrecorded !== undefined) {
        throw new CliFailure(
          exitCodes.failure,
          `${neutralise(id, 100)} is revoked, but not all of that is in the audit log: ${messageOf(unrecorded)}`,
        );
      }
      if (json) printJson(session.stdout, { revoked: id });
      else session.stdout.write(`${neutralise(id, 100)} is revoked\n`);
    }),
  );
  return command;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the file system, the lock and the log say is told to the operator as it is. */
function explained<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new CliFailure(exitCodes.failure, `${what}: ${messageOf(error).replace(/\.$/, '')}.`);
  }
}

type Told = Omit<KnownToken, 'digest'>;
const told = ({ digest: _, ...rest }: KnownToken): Told => rest;

function lineOf({ id, name, role, createdAt, expiresAt, revokedAt }: Told, now: number): string {
  const ends =
    revokedAt !== null
      ? `revoked ${revokedAt}`
      : expiresAt === null
        ? 'does not expire'
        : Date.parse(expiresAt) <= now
          ? `expired ${expiresAt}`
          : `expires ${expiresAt}`;
  return `${id}  ${neutralise(name, 100)}  ${role}  made ${createdAt}  ${ends}`;
}
