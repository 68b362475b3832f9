"""The look of the report's page, in light and in dark."""

STYLE = """
:root { --page: #fbfaf8; --card: #fff; --ink: #23201d; --soft: #6d665f; --rule: #e2ddd6; --fill: #b07a10;
  --network: #4a78b5; --product: #c02468; --good: #1e7d45; --bad: #b3361f; }
@media (prefers-color-scheme: dark) { :root { --page: #171514; --card: #211e1c; --ink: #ece7e1; --soft: #a49b92;
  --rule: #3a3531; --fill: #e0ab4a; --network: #82aee4; --product: #f2719f; --good: #62c98a; --bad: #f08a72; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 34px; line-height: 1.15; margin: 0 0 8px; letter-spacing: -0.02em; }
header p { color: var(--soft); max-width: 86ch; margin: 0; }
section { margin: 40px 0; }
h2 { font-size: 20px; margin: 0 0 4px; letter-spacing: -0.01em; }
.note { color: var(--soft); margin: 0 0 12px; max-width: 96ch; }
.goals { list-style: none; margin: 12px 0 0; padding: 0; display: grid; gap: 10px;
  grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); }
.goals li { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--soft);
  border-radius: 6px; padding: 10px 14px; display: flex; flex-direction: column; }
.goals b { font-size: 12px; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); }
.goals em { font-style: normal; font-weight: 600; font-variant-numeric: tabular-nums; margin-top: auto; }
.goals .reached { border-left-color: var(--good); } .goals .reached b { color: var(--good); }
.goals .missed { border-left-color: var(--bad); } .goals .missed b { color: var(--bad); }
.charts { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); }
.charts figure, .wide { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
  padding: 12px; }
.wide { max-width: 960px; }
svg { display: block; width: 100%; height: auto; font: 11.5px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--soft); } svg .title { font-weight: 600; font-size: 13px; }
svg .grid { stroke: var(--rule); } svg .zero { stroke: var(--soft); }
svg .goal { stroke: var(--good); stroke-dasharray: 4 3; }
svg .interval { stroke: var(--product); stroke-width: 2; opacity: 0.55; }
svg .curve { fill: none; stroke-width: 2; } svg .band { opacity: 0.13; }
svg .curve.fill { stroke: var(--fill); } svg .band.fill, svg .dot.fill { fill: var(--fill); }
svg .curve.network { stroke: var(--network); stroke-dasharray: 5 3; } svg .dot.network { fill: var(--network); }
svg .curve.product { stroke: var(--product); stroke-width: 2.6; }
svg .band.product, svg .dot.product { fill: var(--product); }
.key { white-space: nowrap; margin-right: 14px; } .key i { display: inline-block; width: 18px; height: 3px;
  border-radius: 2px; vertical-align: middle; margin-right: 6px; background: var(--soft); }
.key.fill i { background: var(--fill); } .key.network i { background: var(--network); }
.key.product i { background: var(--product); }
.example { margin: 0 0 18px; } .example p { color: var(--soft); font-size: 13px; margin: 4px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 8px; }
.tiles figure { margin: 0; } .tiles img { display: block; width: 100%; height: auto; border-radius: 4px;
  border: 1px solid var(--rule); background: #fff; }
.tiles figcaption { font-size: 12px; color: var(--soft); padding-top: 2px; }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 600; } tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--rule) 40%, transparent); }
.number { text-align: right; }
@media (max-width: 640px) { header, main { padding-left: 14px; padding-right: 14px; }
  .tiles { grid-template-columns: repeat(3, 1fr); } }
"""
