/** The scripts of a package.json, as they are offered to run with the sensor. */
export interface PackageScript {
  readonly name: string;
  readonly command: string;
}
export interface PackageScripts {
  /** The package's name; empty when it has none. */
  readonly packageName: string;
  readonly scripts: readonly PackageScript[];
}
/** Reads a package.json's text; undefined when it is not JSON, or has no scripts. */
export declare function readPackageScripts(text: string): PackageScripts | undefined;
/** A service's name out of a package's: `@acme/shop` is `shop`; a folder's name where there is none. */
export declare function serviceName(packageName: string, folderName: string): string;
export type PackageRunner = 'npm' | 'pnpm' | 'yarn' | 'bun';
/** By the lock file beside the package.json, or of a folder above it: the nearest decides. */
export declare function packageRunner(fileNames: readonly string[]): PackageRunner | undefined;
//# sourceMappingURL=package-scripts.d.ts.map
