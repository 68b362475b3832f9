/** Types of what the studio uses of perfect-freehand. */
export default function getStroke(
  points: number[][],
  options?: {
    size?: number;
    thinning?: number;
    smoothing?: number;
    streamline?: number;
    simulatePressure?: boolean;
    last?: boolean;
  },
): [number, number][];
