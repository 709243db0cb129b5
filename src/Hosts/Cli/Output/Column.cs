using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>One column of a table: its heading and how a row fills it.</summary>
internal sealed record Column(string Heading, Func<JsonElement, string?> Read, bool RightAligned = false)
{
    /// <summary>A column that shows the text at a path.</summary>
    public static Column Of(string heading, string path) => new(heading, row => row.Text(path));

    /// <summary>A right-aligned column that shows the number at a path.</summary>
    public static Column Number(string heading, string path) => new(heading, row => row.Text(path), RightAligned: true);

    /// <summary>A column that shows a time (ISO or unix milliseconds) in short.</summary>
    public static Column Time(string heading, string path) => new(heading, row => Times.Short(row.At(path)));
}
