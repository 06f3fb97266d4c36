/** How a renderer marks its words; a model sees none of it, a terminal may see colours. */
export interface TextStyle {
  readonly heading: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly bad: (text: string) => string;
}

const asIs = (text: string): string => text;

/** For models, files and pipes. */
export const plainStyle: TextStyle = { heading: asIs, quiet: asIs, bad: asIs };
