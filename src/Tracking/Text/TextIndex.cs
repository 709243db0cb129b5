using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Text;

/// <summary>
/// Keeps the words of experiments and runs: of their names, tags and notes. A change of these is made between the reading of the words before and
/// the writing of what has changed, by one writer at a time per run or experiment.
/// </summary>
internal static class TextIndex
{
    /// <summary>Stands for the run in the words of an experiment itself.</summary>
    public const string NoRun = "";

    /// <summary>The words of all.</summary>
    public static WordTable Words { get; } = new("tracking_word", ["experiment", "run"]);

    private static readonly HashSet<string> s_none = new(StringComparer.Ordinal);

    // What clients and the platform write by themselves says nothing that somebody would look for, save for these.
    private static readonly string[] s_written = ["mlflow.", "rondo."];

    private static readonly string[] s_lookedFor =
    [
        TrackingNames.RunNameTag,
        TrackingNames.NoteTag,
        "mlflow.source.name",
        "rondo.pipeline",
        "rondo.reason",
        "rondo.error",
    ];

    /// <summary>Whether a tag is looked for by its words.</summary>
    public static bool HasWords(string key) =>
        s_lookedFor.Contains(key, StringComparer.Ordinal)
        || !s_written.Any(written => key.StartsWith(written, StringComparison.Ordinal));

    /// <summary>The texts of tags that are looked for: the value, and the key where somebody has chosen it.</summary>
    public static IEnumerable<string> TextsOf(IEnumerable<KeyValue> tags) =>
        tags.Where(tag => HasWords(tag.Key))
            .SelectMany(tag =>
                s_lookedFor.Contains(tag.Key, StringComparer.Ordinal) ? [tag.Value] : new[] { tag.Key, tag.Value }
            );

    /// <summary>Makes a change of a run's tags and keeps its words in step.</summary>
    public static ValueTask ChangeRunAsync(Transaction transaction, RunKey run, Func<ValueTask> change) =>
        ChangeAsync(transaction, run, change);

    /// <summary>Makes a change of an experiment's name or tags and keeps its words in step.</summary>
    public static ValueTask ChangeExperimentAsync(Transaction transaction, long experiment, Func<ValueTask> change) =>
        ChangeAsync(transaction, OfExperiment(experiment), change);

    /// <summary>The words that an experiment or a run has now.</summary>
    public static async ValueTask<IReadOnlySet<string>> WordsOfAsync(Session session, RunKey item) =>
        TextWords.OfAll(TextsOf(await TagsAsync(session, item)));

    /// <summary>
    /// What of an experiment or a run is looked for, the name of an experiment as a tag; always in the same order: of an item with too many words the
    /// same ones are kept each time.
    /// </summary>
    public static ValueTask<IReadOnlyList<KeyValue>> TagsAsync(Session session, RunKey item) =>
        item.Id.Length > 0
            ? session.QueryAsync<KeyValue>(
                "select key, value from tracking_tag where run_number = @Number order by key",
                new { item.Number }
            )
            : session.QueryAsync<KeyValue>(
                """
                select key, value from tracking_experiment_tag where experiment = @Experiment
                union all
                select @NameKey, name from tracking_experiment where id = @Experiment and lifecycle <> 'removed'
                order by key
                """,
                new { item.Experiment, NameKey = TrackingNames.RunNameTag }
            );

    /// <summary>Writes down the words of an experiment that was just made.</summary>
    public static ValueTask AddExperimentAsync(Transaction transaction, long experiment) =>
        AddAsync(transaction, OfExperiment(experiment));

    /// <summary>Writes down the words of a run that was just made, with tags in the order of their keys.</summary>
    public static ValueTask AddRunAsync(Transaction transaction, RunKey run, IReadOnlyList<KeyValue> tags) =>
        Words.ChangeAsync(transaction, [run.Experiment, run.Id], s_none, TextWords.OfAll(TextsOf(tags)));

    /// <summary>Writes down the words of an experiment or a run of which none are known.</summary>
    public static async ValueTask AddAsync(Transaction transaction, RunKey item)
    {
        await transaction.LockAsync(LockOf(item));
        var words = await WordsOfAsync(transaction, item);
        await Words.ChangeAsync(transaction, [item.Experiment, item.Id], s_none, words);
    }

    /// <summary>Moves the words of a run to another experiment; null: to none.</summary>
    public static async ValueTask MoveRunAsync(Transaction transaction, RunKey run, long? to)
    {
        await transaction.LockAsync(LockOf(run));
        var words = await WordsOfAsync(transaction, run);
        await Words.ChangeAsync(transaction, [run.Experiment, run.Id], words, s_none);
        await transaction.ExecuteAsync(
            "delete from tracking_word_backlog where experiment = @Experiment and run = @Id",
            new { run.Experiment, run.Id }
        );
        if (to is { } experiment)
        {
            await Words.ChangeAsync(transaction, [experiment, run.Id], s_none, words);
        }
    }

    /// <summary>An experiment itself, as an item that has words.</summary>
    public static RunKey OfExperiment(long experiment) => new(0, NoRun, experiment);

    private static string LockOf(RunKey item) =>
        string.Create(CultureInfo.InvariantCulture, $"tracking.words.{item.Experiment}.{item.Id}");

    private static async ValueTask ChangeAsync(Transaction transaction, RunKey item, Func<ValueTask> change)
    {
        await transaction.LockAsync(LockOf(item));
        var before = await WordsOfAsync(transaction, item);
        await change();
        var after = await WordsOfAsync(transaction, item);
        await Words.ChangeAsync(transaction, [item.Experiment, item.Id], before, after);
    }
}
