namespace Rondo.Pipelines.Logs;

/// <summary>One line as it is stored: time in unix milliseconds, stream, text.</summary>
internal sealed record StoredLine(long At, string Stream, string Text);

/// <summary>One line that an attempt printed.</summary>
internal sealed record LogLine(string NodeId, long Attempt, DateTimeOffset At, string Stream, string Text);

/// <summary>Lines of a run after a position. <paramref name="Next"/> is where to go on; <paramref name="Finished"/> says that no more will come.</summary>
internal sealed record LogPage(IReadOnlyList<LogLine> Lines, long Next, bool Finished);
