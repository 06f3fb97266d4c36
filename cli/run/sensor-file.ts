import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside the bundle as it is shipped, and where the bundle is when this runs from its sources. */
const places = ['./sensor/register.js', '../dist/sensor/register.js', '../../dist/sensor/register.js'];

/** The `file:` URL of the sensor's `register.js`, or undefined when neither it nor the package is installed. */
export function findSensor(base: string = import.meta.url): string | undefined {
  const beside = places.map((place) => new URL(place, base).href).find((url) => existsSync(fileURLToPath(url)));
  return beside ?? installedPackage();
}

function installedPackage(): string | undefined {
  try {
    const url = import.meta.resolve('@runlens/sensor');
    // Sources resolve here, too; a service's Node may not be able to run them.
    return /\.m?js$/.test(url) && existsSync(fileURLToPath(url)) ? url : undefined;
  } catch {
    return undefined;
  }
}
