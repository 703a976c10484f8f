"use strict";
// Masks as arrays of 0 and 1, size * size a layer: packing, brush, move, scale, undo. Knows nothing of the page.

const Masks = {
  pack(layers) {
    const count = layers.reduce((sum, layer) => sum + layer.length, 0);
    const bytes = new Uint8Array((count + 7) >> 3);
    let bit = 0;
    for (const layer of layers) for (const value of layer) { if (value) bytes[bit >> 3] |= 128 >> (bit & 7); bit += 1; }
    let text = "";
    for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    return btoa(text);
  },

  unpack(text, count, size) {
    const raw = atob(text), layers = [];
    let bit = 0;
    for (let number = 0; number < count; number += 1) {
      const layer = new Uint8Array(size * size);
      for (let index = 0; index < layer.length; index += 1, bit += 1) {
        layer[index] = (raw.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1;
      }
      layers.push(layer);
    }
    return layers;
  },

  // A disk of radius r wherever the brush passed from one point to the next.
  stroke(layer, size, from, to, radius, value) {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)));
    for (let step = 0; step <= steps; step += 1) {
      const x = from.x + ((to.x - from.x) * step) / steps, y = from.y + ((to.y - from.y) * step) / steps;
      const low = Math.max(0, Math.floor(y - radius)), high = Math.min(size - 1, Math.ceil(y + radius));
      for (let row = low; row <= high; row += 1) {
        for (let column = Math.max(0, Math.floor(x - radius)); column <= Math.min(size - 1, Math.ceil(x + radius)); column += 1) {
          if (Math.hypot(column - x, row - y) <= radius) layer[row * size + column] = value;
        }
      }
    }
  },

  // Each pixel of the result looks up where it came from.
  warped(layer, size, source) {
    const made = new Uint8Array(layer.length);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const [x, y] = source(column, row), from = Math.round(x), line = Math.round(y);
        if (from >= 0 && line >= 0 && from < size && line < size) made[row * size + column] = layer[line * size + from];
      }
    }
    return made;
  },

  moved(layer, size, x, y) { return Masks.warped(layer, size, (column, row) => [column - x, row - y]); },

  scaled(layer, size, factor) {
    const middle = Masks.middle(layer, size);
    if (!middle) return layer.slice();
    return Masks.warped(layer, size, (column, row) => [middle.x + (column - middle.x) / factor, middle.y + (row - middle.y) / factor]);
  },

  middle(layer, size) {
    let x = 0, y = 0, count = 0;
    for (let index = 0; index < layer.length; index += 1) if (layer[index]) { x += index % size; y += Math.floor(index / size); count += 1; }
    return count ? { x: x / count, y: y / count } : null;
  },
};
