import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path of a source that a map names, as if it were on this machine; nothing for what was made by a tool.
 * A map made elsewhere (an image is built in one place and runs in another) still says where a source lies relative to
 * the build output, which is all that its identity needs.
 */
export function sourcePath(url: string, root: string): string | undefined {
  if (url.startsWith('file:')) {
    try {
      return fileURLToPath(url);
    } catch {
      return undefined;
    }
  }
  // webpack://name/./src/a.ts and the like: relative to where the bundler ran, which is the root.
  const bundled = /^(?:webpack|turbopack|rspack|ng|vite):\/\/[^/]*\/(?:\.\/)?(.+)$/.exec(url)?.[1];
  if (bundled !== undefined) {
    const path = bundled.replace(/\?.*$/, '');
    if (/^(?:webpack\/|external |\(|~\/)/.test(path) || !/\.[a-z]+$/i.test(path)) return undefined;
    return isAbsolute(path) ? path : join(root, path);
  }
  return isAbsolute(url) ? url : undefined;
}
