using System.Globalization;

namespace Rondo.Sdk;

/// <summary>
/// Says what a run is doing while it does: a line for each step that has ended, and what runs now. A run of less than a second says nothing,
/// and of a long loop only the first items have lines.
/// </summary>
internal sealed class LocalProgress : IDisposable
{
    private const int ItemLinesMax = 20;
    private const int RunningShown = 3;
    private const int SecondsBetweenLines = 10;
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly TextWriter? _output;
    private readonly TerminalWriter? _terminal;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private readonly Lock _gate = new();
    private readonly List<string> _held = [];
    private readonly Dictionary<string, long> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _itemLines = new(StringComparer.Ordinal);
    private bool _shown;
    private int _ended;
    private int _seconds;

    /// <summary>Writes to <paramref name="output"/>; null says nothing. On a terminal, what runs now stands in a last line of its own.</summary>
    public LocalProgress(TextWriter? output, TimeProvider time)
    {
        _output = output;
        _terminal = output as TerminalWriter;
        _time = time;
        if (output is not null)
        {
            _timer = time.CreateTimer(_ => Tick(), null, s_second, s_second);
        }
    }

    public void Begins(LocalPlace place, int attempt)
    {
        lock (_gate)
        {
            _running[attempt > 1 ? $"{place.Id} (attempt {attempt})" : place.Id] = _time.GetTimestamp();
        }
    }

    public void Retries(LocalNode node, TimeSpan wait)
    {
        lock (_gate)
        {
            Stopped(node);
            var when = wait > TimeSpan.Zero ? $"again in {Seconds(wait)}" : "again at once";
            Say($"  retry    {node.Id}  {when}: {node.Message}");
        }
    }

    public void Ended(LocalNode node)
    {
        lock (_gate)
        {
            Stopped(node);
            if (node.Kind != Wire.NodeKind.Step || !HasLine(node))
            {
                return;
            }
            _ended++;
            var line = $"  {LocalReport.Word(node.State), -8} {node.Id}";
            var took = TimeSpan.FromMilliseconds(node.DurationMs);
            Say(node.State == LocalState.Succeeded ? $"{line}  {Seconds(took)}" : line);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _terminal?.Status(null);
    }

    private bool HasLine(LocalNode node)
    {
        if (node.Id == node.Template || node.State is LocalState.Failed or LocalState.Stopped)
        {
            return true;
        }
        var lines = _itemLines[node.Template] = _itemLines.GetValueOrDefault(node.Template) + 1;
        if (lines == ItemLinesMax + 1)
        {
            Say($"  …        further items of {node.Template} have no lines here");
        }
        _ended += lines > ItemLinesMax ? 1 : 0;
        return lines <= ItemLinesMax;
    }

    private void Stopped(LocalNode node)
    {
        _running.Remove(node.Id);
        _running.Remove($"{node.Id} (attempt {node.Attempts})");
    }

    private void Say(string line)
    {
        if (_shown)
        {
            _output?.WriteLine(line);
        }
        else
        {
            _held.Add(line);
        }
    }

    private void Tick()
    {
        lock (_gate)
        {
            _shown = true;
            _held.ForEach(line => _output!.WriteLine(line));
            _held.Clear();
            _seconds++;
            if (_terminal is not null)
            {
                _terminal.Status(Now());
            }
            else if (_seconds % SecondsBetweenLines == 0 && _running.Count > 0)
            {
                _output!.WriteLine(Now());
            }
        }
    }

    private string Now()
    {
        var running = _running
            .OrderBy(one => one.Value)
            .Take(RunningShown)
            .Select(one => $"{one.Key} {Math.Floor(_time.GetElapsedTime(one.Value).TotalSeconds)} s");
        var more = _running.Count > RunningShown ? $" and {_running.Count - RunningShown} more" : "";
        return $"  {_ended} ended, running: {string.Join(", ", running)}{more}";
    }

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";
}
