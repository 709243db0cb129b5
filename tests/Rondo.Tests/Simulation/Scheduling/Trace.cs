using System.Runtime.CompilerServices;
using System.Text;

namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>
/// What happened in a simulation, in order. Its digest is always kept; the text costs most of the time of a seed, and is written only
/// where somebody reads it.
/// </summary>
internal sealed class Trace(bool verbose)
{
    private readonly StringBuilder _text = new();
    private ulong _digest = 14695981039346656037;

    public bool Verbose => verbose;

    /// <summary>Two runs with the same digest took the same steps in the same order at the same times.</summary>
    public ulong Digest => _digest;

    public string Text => _text.ToString();

    /// <summary>The last lines.</summary>
    public string Tail(int lines) => string.Join('\n', Text.TrimEnd().Split('\n').TakeLast(lines));

    public void Add(SimulatedProcess process, Happening what, long detail = 0)
    {
        Mix(process.Scheduler.NowMs);
        Mix(((long)process.Number << 8) | (long)what);
        Mix(detail);
    }

    /// <summary>Adds a line in words.</summary>
    public void Say(SimulatedProcess process, [InterpolatedStringHandlerArgument("")] ref TraceLine line)
    {
        if (verbose)
        {
            _text.Append($"{process.Scheduler.NowMs, 8} {process.Name, -8} ").Append(line.Text).Append('\n');
        }
    }

    private void Mix(long value)
    {
        _digest = (_digest ^ (ulong)value) * 1099511628211;
        _digest ^= _digest >> 29;
    }
}

/// <summary>Words of a trace, put together only where the trace keeps them.</summary>
[InterpolatedStringHandler]
internal readonly ref struct TraceLine
{
    private readonly StringBuilder? _text;

    public TraceLine(int literalLength, int formattedCount, Trace trace, out bool enabled)
    {
        enabled = trace.Verbose;
        _text = enabled ? new StringBuilder(literalLength + 16 * formattedCount) : null;
    }

    public string Text => _text!.ToString();

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(FormattableString.Invariant($"{value}"));
}

/// <summary>Kinds of entries of a trace.</summary>
internal enum Happening
{
    Step,
    Timer,
    Killed,
    Paused,
    ClockJumped,
    Read,
    Write,
    Fault,
    Blob,
    Attempt,
    Client,
}
