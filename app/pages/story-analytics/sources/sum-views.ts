/** The views of some rows together. */
export const sumViews = (rows: { views: number }[]) => rows.reduce((sum, { views }) => sum + views, 0);
