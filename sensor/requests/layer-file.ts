/** The file of a router's layers, in express 4 and in `router`, which express 5 is made of. */
const layerFile = /[\\/]node_modules[\\/](?:express[\\/]lib[\\/]router|router[\\/]lib)[\\/]layer\.js$/;

export const isLayerFile = (path: string): boolean => path.endsWith('layer.js') && layerFile.test(path);
