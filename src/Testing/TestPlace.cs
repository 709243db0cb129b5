using Microsoft.Extensions.Time.Testing;
using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>What the runs of one test share: a temporary folder, the log, the clock, and who counts their calls.</summary>
internal sealed class TestPlace : IDisposable
{
    private const int Tries = 10;

    private readonly List<TestProbe> _probes = [];
    private readonly Action<TimeSpan> _jump;
    private readonly bool _whenIdle;

    public TestPlace(FakeTimeProvider? clock)
    {
        var machine = new JumpingTime();
        Time = clock is null ? machine : clock;
        _jump = clock is null ? machine.Jump : clock.Advance;
        _whenIdle = clock is not null;
        Folder = Directory.CreateTempSubdirectory("rondo-run-").FullName;
        Store = new ContentStore(Path.Combine(Folder, "store"));
    }

    public string Folder { get; }

    public ContentStore Store { get; }

    public StringWriter Log { get; } = new();

    public TimeProvider Time { get; }

    public IReadOnlyList<TestProbe> Probes => _probes;

    public void Jump(TimeSpan time)
    {
        if (time > TimeSpan.Zero)
        {
            _jump(time);
        }
    }

    public TestWaits NewWaits() => new(Time, _jump, _whenIdle);

    public TestProbe NewProbe(TestWaits waits, IReadOnlyList<Crash> crashes)
    {
        var probe = new TestProbe(Time, waits, crashes);
        _probes.Add(probe);
        return probe;
    }

    /// <summary>Nobody answers; the question's time runs out, if it has one.</summary>
    public static async Task<string?> ExpireAsync(
        TestWaits waits,
        LocalQuestion question,
        CancellationToken cancellation
    )
    {
        if (question.Approval.ExpiresMs <= 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{question.Node}' waits for an answer without end ({question.Approval.Question}).",
                $"Give one: .Answer(\"{question.Node}\", …)."
            );
        }
        await waits.WaitAsync(TimeSpan.FromMilliseconds(question.Approval.ExpiresMs), cancellation);
        return null;
    }

    /// <summary>The id of the node that an id is an item of: the id without numbers.</summary>
    public static string TemplateOf(string id) =>
        string.Join('.', id.Split('.').Where(part => !char.IsAsciiDigit(part[0])));

    public void Dispose()
    {
        for (var tries = 1; Directory.Exists(Folder); tries++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (IOException) when (tries < Tries)
            {
                // A step of a killed run that does not know that it is dead has just written there.
                Thread.Yield();
            }
        }
        Log.Dispose();
    }
}
