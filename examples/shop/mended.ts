/** The faults that a start can leave out, as a version in which somebody has mended them: `SHOP_MENDED=list,search`. */
export const mendable = ['list', 'search', 'gateway'] as const;

export type Mended = ReadonlySet<(typeof mendable)[number]>;
