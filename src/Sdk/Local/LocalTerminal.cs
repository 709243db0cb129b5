namespace Rondo.Sdk;

/// <summary>Whoever sits before a local run, if somebody does.</summary>
internal sealed class LocalTerminal : IDisposable
{
    private const int WidthUsual = 80;

    private readonly SemaphoreSlim _one = new(1);
    private Task<string?>? _reading;

    public LocalTerminal(TextWriter output, bool isError)
    {
        var redirected = isError ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        Writer = redirected ? output : new TerminalWriter(output, Width);
        CanAsk = !redirected && !Console.IsInputRedirected;
    }

    public TextWriter Writer { get; }

    public bool CanAsk { get; }

    /// <summary>Asks one question after the other; null when the question's time is over, or nobody is there any more.</summary>
    public async Task<string?> AskAsync(LocalQuestion question, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (question.Problem is { } problem)
            {
                await Writer.WriteLineAsync(problem);
            }
            var wanted = LocalAnswers.Wanted(question.Approval);
            await Writer.WriteLineAsync($"{question.Node} asks: {question.Approval.Question} ({wanted})");
            var limit =
                question.Approval.ExpiresMs > 0
                    ? TimeSpan.FromMilliseconds(question.Approval.ExpiresMs)
                    : Timeout.InfiniteTimeSpan;
            // Reading a line cannot be called off; what is typed later answers the next question.
            _reading ??= Task.Run(Console.In.ReadLine, CancellationToken.None);
            var line = await _reading.WaitAsync(limit, cancellation);
            _reading = null;
            return line;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        (Writer as TerminalWriter)?.Status(null);
        _one.Dispose();
    }

    private static int Width()
    {
        try
        {
            // A terminal that does not know its width says 0.
            return Console.WindowWidth > 0 ? Console.WindowWidth : WidthUsual;
        }
        catch (IOException)
        {
            return WidthUsual;
        }
    }
}
