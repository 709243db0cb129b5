using System.Collections;

namespace Rondo.Sdk;

/// <summary>
/// The environment variables of attempts, set in this process while they run, so that a step reads them as any program does. There is one
/// environment in a process: attempts beside each other that want different values of a variable wait for each other.
/// </summary>
internal sealed class AttemptEnvironment : IDisposable
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, Held> s_held = new(StringComparer.Ordinal);
    private static TaskCompletionSource s_released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IReadOnlyDictionary<string, string>? _variables;

    private AttemptEnvironment(IReadOnlyDictionary<string, string> variables) => _variables = variables;

    /// <summary>Plain variables and secrets together.</summary>
    public static IReadOnlyDictionary<string, string> Of(
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string> secrets
    )
    {
        if (secrets.Count == 0)
        {
            return variables;
        }
        var all = new Dictionary<string, string>(variables, StringComparer.Ordinal);
        foreach (var (name, value) in secrets)
        {
            all[name] = value;
        }
        return all;
    }

    /// <summary>Sets them until disposed.</summary>
    public static async ValueTask<AttemptEnvironment?> EnterAsync(
        IReadOnlyDictionary<string, string> variables,
        CancellationToken cancellation
    )
    {
        if (variables.Count == 0)
        {
            return null;
        }
        while (true)
        {
            Task released;
            lock (s_lock)
            {
                if (variables.All(pair => !s_held.TryGetValue(pair.Key, out var held) || held.Value == pair.Value))
                {
                    Set(variables);
                    return new AttemptEnvironment(variables);
                }
                released = s_released.Task;
            }
            await released.WaitAsync(cancellation);
        }
    }

    /// <summary>The environment of this process without what attempts have set: what a program gets before its own variables.</summary>
    public static Dictionary<string, string> Outside()
    {
        lock (s_lock)
        {
            var outside = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                var name = (string)variable.Key;
                var value = s_held.TryGetValue(name, out var held) ? held.Before : (string?)variable.Value;
                if (value is not null)
                {
                    outside[name] = value;
                }
            }
            return outside;
        }
    }

    public void Dispose()
    {
        lock (s_lock)
        {
            foreach (var name in _variables?.Keys ?? [])
            {
                var held = s_held[name];
                if (--held.Times == 0)
                {
                    s_held.Remove(name);
                    Environment.SetEnvironmentVariable(name, held.Before);
                }
            }
            _variables = null;
            var released = s_released;
            s_released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released.SetResult();
        }
    }

    private static void Set(IReadOnlyDictionary<string, string> variables)
    {
        foreach (var (name, value) in variables)
        {
            if (s_held.TryGetValue(name, out var held))
            {
                held.Times++;
                continue;
            }
            s_held.Add(name, new Held(value, Environment.GetEnvironmentVariable(name)));
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    private sealed class Held(string value, string? before)
    {
        public string Value => value;

        public string? Before => before;

        public int Times { get; set; } = 1;
    }
}
