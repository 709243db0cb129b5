using System.Buffers;
using System.Text;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Puts <c>***</c> in the place of secrets, in whatever of their forms they show.</summary>
internal sealed class SecretRedactor
{
    private const string Shown = "***";

    private readonly SearchValues<string> _search;

    private SecretRedactor(IReadOnlyList<string> forms)
    {
        // The longest first: one may be a part of another.
        Forms = [.. forms.OrderByDescending(form => form.Length)];
        _search = SearchValues.Create([.. Forms], StringComparison.Ordinal);
    }

    /// <summary>What is looked for.</summary>
    public IReadOnlyList<string> Forms { get; }

    /// <summary>Null where there is nothing to look for.</summary>
    public static SecretRedactor? Of(IEnumerable<string> secrets)
    {
        var forms = secrets.SelectMany(SecretForms.Of).Distinct(StringComparer.Ordinal).ToList();
        return forms.Count == 0 ? null : new SecretRedactor(forms);
    }

    /// <summary>The text without secrets.</summary>
    public string Redact(string text)
    {
        StringBuilder? redacted = null;
        var done = 0;
        foreach (var (start, length) in Find(text))
        {
            redacted ??= new StringBuilder();
            redacted.Append(text, done, start - done).Append(Shown);
            done = start + length;
        }
        return redacted is null ? text : redacted.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>What a result says to people, without secrets.</summary>
    public StepResult Redact(StepResult result) =>
        result with
        {
            Message = result.Message is null ? null : Redact(result.Message),
            Mend = result.Mend is null ? null : Redact(result.Mend),
            ErrorType = result.ErrorType is null ? null : Redact(result.ErrorType),
            Metrics = result
                .Metrics.GroupBy(metric => Redact(metric.Key), StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal),
        };

    /// <summary>Where secrets stand in a text, in order; one place may follow another at once, none overlap.</summary>
    public IEnumerable<(int Start, int Length)> Find(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var found = text.AsSpan(at).IndexOfAny(_search);
            if (found < 0)
            {
                yield break;
            }
            var start = at + found;
            var form = Forms.First(form => string.CompareOrdinal(text, start, form, 0, form.Length) == 0);
            yield return (start, form.Length);
            at = start + form.Length;
        }
    }
}
