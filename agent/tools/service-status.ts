import {
  formatAge,
  formatCount,
  limitedSensorLines,
  measurementLines,
  servicesResponseSchema,
} from '@runlens/protocol';
import { z } from 'zod';
import { missingInScope } from '../absence.ts';
import { contextVersion } from '../answer/context-version.ts';
import { cell } from '../answer/function-rows.ts';
import { type DataLine, headLine } from '../answer/model-answer.ts';
import { scopeWords } from '../answer/scope-words.ts';
import { scopeInput } from '../query-input.ts';
import { withinBudget } from '../text/budget.ts';
import { neutralise } from '../text/hostile.ts';
import { tableLines } from '../text/table.ts';
import { defineTool } from '../tool.ts';

/** Data older than this is marked: a service that runs reports every few seconds, so it is stopped or cut off. */
const staleMilliseconds = 5 * 60_000;

export const serviceStatus = defineTool({
  name: 'runlens_service_status',
  title: 'Services in production',
  description:
    'Lists the services that report to Runlens, with their environments, deployed versions, git revisions, running ' +
    'instances, the age of their newest data, and how well they are measured. Use it first, to learn which service and environment names the other ' +
    'Runlens tools accept, which version is deployed, and whether the numbers are fresh. Old data means that the ' +
    'service is stopped or cannot reach the collector, not that nothing is called.',
  tokens: 600,
  inputSchema: z.object({ service: scopeInput.service, environment: scopeInput.environment }),
  outputSchema: servicesResponseSchema,

  async handle({ service, environment }, { facts, signal }) {
    const response = await facts.services(signal);
    const missing = missingInScope(response, { service, environment });
    if (missing !== undefined) return { kind: 'nothing', message: missing };
    const services = response.services
      .filter(({ name }) => service === undefined || name === service)
      .map((entry) => ({
        ...entry,
        environments: entry.environments.filter(({ name }) => environment === undefined || name === environment),
      }))
      .filter(({ environments }) => environments.length > 0);
    return { kind: 'answer', output: { now: response.now, services } };
  },

  render({ now, services }, { budgetCharacters, style }) {
    // The collector's own clock tells its data's age, so that a wrong clock here does not.
    const present = Date.parse(now);
    const rows = services.flatMap((service) =>
      service.environments.flatMap((environment) =>
        environment.versions.map((version) => {
          const age = present - Date.parse(version.lastSeen);
          return [
            { text: neutralise(service.name), mark: style.heading },
            { text: neutralise(environment.name) },
            { text: neutralise(version.version) },
            { text: neutralise(version.revision ?? '–').slice(0, 10) },
            { text: formatCount(version.instances) },
            { text: formatCount(version.functions) },
            { text: formatAge(age), ...(age > staleMilliseconds && { mark: style.quiet }) },
          ];
        }),
      ),
    );
    const limited = services.flatMap((service) =>
      service.environments.flatMap(({ name, limitedSensors, measurement }) =>
        [...limitedSensorLines(limitedSensors), ...measurementLines(measurement)].map((line) =>
          neutralise(`${service.name} (${name}): ${line}`, 600),
        ),
      ),
    );
    const lines = tableLines(
      [
        { title: 'service' },
        { title: 'environment' },
        { title: 'version' },
        { title: 'revision' },
        { title: 'instances', align: 'right' },
        { title: 'functions', align: 'right' },
        { title: 'newest data' },
      ],
      rows,
      style.quiet,
    );
    return withinBudget([...lines, ...limited], budgetCharacters, 'ask for one service.');
  },

  draft({ now: told, services }, { now }) {
    const present = Date.parse(told);
    const environments = services.flatMap((service) =>
      service.environments.map((environment) => ({ service, environment })),
    );
    const stale = environments.filter(
      ({ environment }) => present - Date.parse(environment.lastSeen) > staleMilliseconds,
    );
    const rows = environments.flatMap(({ service, environment }): DataLine[] =>
      environment.versions.map(({ version, revision, instances, functions, firstSeen, lastSeen }) => ({
        text: [
          cell(service.name),
          cell(environment.name),
          cell(version),
          cell(revision ?? '–').slice(0, 10),
          String(instances),
          formatCount(functions),
          formatAge(present - Date.parse(firstSeen)),
          formatAge(present - Date.parse(lastSeen)),
        ].join('|'),
        value: Date.parse(lastSeen),
      })),
    );
    const limited = environments.flatMap(({ service, environment }) =>
      [...limitedSensorLines(environment.limitedSensors), ...measurementLines(environment.measurement)].map((line) => ({
        text: neutralise(`${service.name} (${environment.name}): ${line}`, 600),
        value: present,
      })),
    );
    const count = environments.length;
    return {
      verdict: `${count} ${count === 1 ? 'environment of a service reports' : 'environments of services report'}; ${stale.length === 0 ? 'all data is fresh' : `${stale.length} of them with data older than ${staleMilliseconds / 60_000} min: stopped, or cut off from the collector`}`,
      baseline: 'none: this is who reports, not what they do',
      scope: scopeWords(
        environments.map(({ service, environment }) => ({
          service: service.name,
          environment: environment.name,
          versions: environment.versions.map(({ version }) => version),
        })),
        undefined,
        now,
      ),
      sample: 'all that has reported to this collector; instances of the last 5 min',
      unknown: ['A service that has never reported is not listed.'],
      data: [
        headLine('service|environment|version|revision|instances|functions|first seen|newest data'),
        ...rows,
        ...limited,
      ],
      contextVersion: contextVersion(
        environments.map(({ service, environment }) => [
          service.name,
          environment.name,
          environment.versions.map(({ version, instances }) => [version, instances > 0]),
          environment.limitedSensors?.length ?? 0,
          (environment.measurement?.dropped.length ?? 0) > 0,
          environment.measurement?.unmeasured?.files ?? 0,
          environment.measurement?.unmeasured?.functions ?? 0,
        ]),
      ),
      remedy: 'ask with a higher maxTokens, or for one service',
    };
  },
});
