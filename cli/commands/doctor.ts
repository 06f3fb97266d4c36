import type { TextStyle } from '@runlens/agent';
import { Command } from 'commander';
import { collectorClient } from '../collector-client.ts';
import type { DoctorContext, Finding } from '../doctor/check.ts';
import { checks } from '../doctor/checks.ts';
import { homeFolder, locateCollector } from '../home.ts';
import { addJson, examples } from '../scope-options.ts';
import { printJson, type Session, styleFor } from '../session.ts';

type NamedFinding = Finding & { readonly name: string };

export function doctorCommand(session: Session): Command {
  const command = new Command('doctor').description('checks the set-up, and says how to mend what is wrong');
  return addJson(command)
    .addHelpText(
      'after',
      `${examples('runlens doctor', 'runlens doctor --json')}\n
Ends with 0 when nothing failed (warnings do not count), else with the exit code of the first failure.`,
    )
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const findings = await diagnose(session);
      const failure = findings.find((finding) => finding.status === 'failed');
      if (json) printJson(session.stdout, { ok: failure === undefined, checks: findings });
      else session.stdout.write(`${findingLines(findings, styleFor(session.stdout, session.env)).join('\n')}\n`);
      if (failure) session.exitCode = failure.exitCode;
    });
}

async function diagnose(session: Session): Promise<NamedFinding[]> {
  const location = locateCollector(session.env);
  const client = collectorClient(location);
  let asked: ReturnType<DoctorContext['health']> | undefined;
  const health = (): ReturnType<DoctorContext['health']> => {
    asked ??= client.health();
    return asked;
  };
  const context: DoctorContext = { session, home: homeFolder(session.env), location, client, health };
  const findings: NamedFinding[] = [];
  for (const { name, run } of checks) findings.push({ name, ...(await run(context)) });
  return findings;
}

const widestName = Math.max(...checks.map(({ name }) => name.length));

function findingLines(findings: readonly NamedFinding[], style: TextStyle): string[] {
  return findings.flatMap((entry) => {
    const status = entry.status.padEnd('warning'.length);
    const mark = { ok: (text: string) => text, skipped: style.quiet, warning: style.heading, failed: style.bad };
    const line = `${mark[entry.status](status)}  ${entry.name.padEnd(widestName)}  ${entry.finding}`;
    return 'remedy' in entry ? [line, `${' '.repeat('warning'.length + widestName + 4)}→ ${entry.remedy}`] : [line];
  });
}
