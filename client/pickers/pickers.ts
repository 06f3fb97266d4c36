/** The quick picks of service, environment, version and time window. */
import type { ServerStatus } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import { offers, type PickedKey } from './picker-model.ts';

const titles: Record<PickedKey, string> = {
  service: 'Show the Numbers of Which Service?',
  environment: 'Show the Numbers of Which Environment?',
  version: 'Show the Numbers of Which Version?',
  window: 'Show the Numbers of Which Time?',
};

/** What was picked; undefined when the picker was left. */
export async function pick(
  key: PickedKey,
  status: ServerStatus | null,
): Promise<{ readonly value: string | undefined } | undefined> {
  if (status === null) {
    await vscode.window.showInformationMessage('Runlens is still starting; try again in a moment.');
    return undefined;
  }
  const offered = offers(key, status, Date.now());
  if (key !== 'window' && offered.length === 1) {
    const what = key === 'service' ? 'service has reported' : `${key} is known`;
    const missing =
      status.services.length === 0 || key !== 'version'
        ? `No ${what} yet.`
        : 'Pick a service and an environment first.';
    const run = 'Run with Sensor';
    const choice = await vscode.window.showInformationMessage(missing, ...(status.services.length === 0 ? [run] : []));
    if (choice === run) await vscode.commands.executeCommand('runlens.runWithSensor');
    return undefined;
  }
  const items = offered.map((offer) => ({
    label: offer.chosen ? `$(check) ${offer.label}` : offer.label,
    ...(offer.description === undefined ? {} : { description: offer.description }),
    value: offer.value,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: `Runlens: ${titles[key]}`,
    matchOnDescription: true,
  });
  return chosen && { value: chosen.value };
}
