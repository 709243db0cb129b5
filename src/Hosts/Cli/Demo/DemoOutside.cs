using System.Text.Json;

namespace Rondo.Cli.Demo;

/// <summary>What the demo saw from outside the server: the refused push, the client's own counts, and the time it took.</summary>
internal sealed record DemoOutside(DemoPush RefusedPush, JsonElement Client, TimeSpan Elapsed);
