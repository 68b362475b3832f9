// The shapes of what the page works with; the server's are described in /openapi.json.

/** @typedef {number[]} Point  x, y in pixels of the line art; a third number is the pen's pressure, 0 to 1. */
/** @typedef {{id: string, points: Point[], color: string, width: number, index?: number}} Stroke */
/** @typedef {{remove: string[], add: Stroke[]}} Change */
/** @typedef {{model?: string|null, size?: number|null, style?: string|null, strength?: number|null, light?: string|null, unhinted?: string|null, exact?: boolean|null, clean_paper?: boolean|null}} Look */
/** @typedef {{id: string, name: string, width: number, height: number, version: number, strokes: number, has_layer: boolean, blend: "multiply"|"screen", look: Look, created: number, changed: number}} DrawingInfo */
/** @typedef {DrawingInfo & {stroke_list: Stroke[]}} Drawing */
/** @typedef {{name: string, working_size: number, sizes: number[]}} Model */
/** @typedef {{models: Model[], styles: string[], formats: string[], layers: string[], backend: string, device: string, precision: string, version: string, limits: Record<string, number>}} Abilities */
/** @typedef {{kind: "preview"|"full", version: number, width: number, height: number, milliseconds: number}} PictureHead */
/** @typedef {"brush"|"fill"|"eraser"|"dropper"|"pan"} ToolName */
/** @typedef {"side"|"split"|"single"} ViewName */

export {};
