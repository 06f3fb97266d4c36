import type { RunlensContext } from '../context.ts';
export declare function showMenu(runlens: RunlensContext): Promise<void>;
//# sourceMappingURL=show-menu.d.ts.map
