import type { TaxClass } from '../pricing/rules.ts';

type Words = readonly [string, ...string[]];

interface CategorySeed {
  readonly slug: string;
  readonly name: string;
  readonly taxClass: TaxClass;
  readonly things: Words;
}

export const categories: readonly [CategorySeed, ...CategorySeed[]] = [
  { slug: 'kitchen', name: 'Kitchen', taxClass: 'standard', things: ['pan', 'kettle', 'whisk', 'chopping board'] },
  { slug: 'tableware', name: 'Tableware', taxClass: 'standard', things: ['plate', 'bowl', 'mug', 'carafe'] },
  { slug: 'garden', name: 'Garden', taxClass: 'standard', things: ['spade', 'planter', 'watering can', 'trellis'] },
  { slug: 'outdoor', name: 'Outdoor', taxClass: 'standard', things: ['bench', 'hammock', 'fire bowl', 'lantern'] },
  {
    slug: 'lighting',
    name: 'Lighting',
    taxClass: 'standard',
    things: ['desk lamp', 'floor lamp', 'pendant', 'night light'],
  },
  { slug: 'desk', name: 'Desk', taxClass: 'standard', things: ['pen tray', 'bookend', 'monitor stand', 'stapler'] },
  { slug: 'paper', name: 'Paper', taxClass: 'standard', things: ['notebook', 'calendar', 'sketch pad', 'card set'] },
  { slug: 'bags', name: 'Bags', taxClass: 'standard', things: ['satchel', 'tote bag', 'rucksack', 'pencil case'] },
  { slug: 'books', name: 'Books', taxClass: 'books', things: ['cookbook', 'atlas', 'field guide', 'novel'] },
  { slug: 'pantry', name: 'Pantry', taxClass: 'reduced', things: ['olive oil', 'honey', 'tea', 'coffee'] },
  { slug: 'bath', name: 'Bath', taxClass: 'standard', things: ['towel', 'soap dish', 'bath mat', 'mirror'] },
  { slug: 'clearance', name: 'Clearance', taxClass: 'standard', things: ['basket', 'picture frame', 'stool', 'clock'] },
];

export const adjectives: Words = [
  'Small',
  'Large',
  'Folding',
  'Round',
  'Plain',
  'Northern',
  'Everyday',
  'Quiet',
  'Sturdy',
  'Light',
  'Classic',
  'Tall',
  'Low',
  'Wide',
  'Slim',
  'Curved',
  'Square',
  'Soft',
  'Bright',
  'Deep',
];

export const materials: Words = [
  'walnut',
  'oak',
  'ash',
  'beech',
  'linen',
  'cotton',
  'wool',
  'leather',
  'steel',
  'brass',
  'copper',
  'enamel',
  'stoneware',
  'porcelain',
  'glass',
  'cork',
  'rattan',
  'slate',
  'marble',
  'felt',
];

export const sentences: Words = [
  'Made by hand in a workshop of four people.',
  'Made to be used every day, and to be repaired.',
  'Ages well, and asks for nothing but a damp cloth.',
  'Comes flat in a box, with the one tool that it needs.',
  'The maker has built it unchanged since 1962.',
  'Dishwasher safe, though it would rather not be.',
  'A present that is not returned.',
  'Finished with plant oil, without any varnish.',
  'The edges are rounded, so that it is kind to hands.',
  'Tested for ten thousand uses.',
  'Sold with spare parts for twenty years.',
  'Stackable, so that six take the place of one.',
];

export const reviewTexts: Words = [
  'Just as described.',
  'Smaller than I thought, and better.',
  'Arrived with a scratch, was replaced within a week.',
  'We bought a second one.',
  'Good, but not at this price.',
  'The colour is darker than in the picture.',
  'My neighbour asked where it came from.',
  'Does what it should.',
];
