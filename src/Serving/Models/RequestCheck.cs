using System.Globalization;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Models;

/// <summary>
/// Whether the values of a request are as the schema of the training rows expects. It is made for the hot path: limits are compared
/// as the tensor's own type, and nothing is allocated where all is well.
/// </summary>
internal sealed class RequestCheck
{
    /// <summary>How many violations of one request are put into words.</summary>
    public const int MessagesMax = 5;

    private readonly List<InputCheck> _inputs = [];
    private readonly List<(RowRule Rule, int Left, int Right)> _rules = [];

    private RequestCheck(TableSchema schema, ModelSignature signature)
    {
        for (var input = 0; input < signature.Inputs.Count; input++)
        {
            if (
                InferenceBatch.WidthOf(signature.Inputs[input]) == 1
                && schema.Find(signature.Inputs[input].Name)
                    is { Deprecated: null, ValidFrom: null, ValidUntil: null } expected
                && !expected.AbsentIn.Contains("serving", StringComparer.Ordinal)
            )
            {
                _inputs.Add(new InputCheck(input, expected));
            }
        }

        foreach (var rule in schema.Rules)
        {
            var (left, right) = (IndexOf(signature, rule.Left), IndexOf(signature, rule.Right));
            if (left >= 0 && right >= 0)
            {
                _rules.Add((rule, left, right));
            }
        }
    }

    /// <summary>The check of a model's requests; null where nothing is expected of them.</summary>
    public static RequestCheck? Of(TableSchema? schema, ModelSignature signature)
    {
        var check = schema is null ? null : new RequestCheck(schema, signature);
        return check is { _inputs.Count: 0, _rules.Count: 0 } ? null : check;
    }

    /// <summary>The violations in words, at most <see cref="MessagesMax"/>; null where there is none.</summary>
    public List<string>? Find(InferenceBatch batch)
    {
        List<string>? found = null;
        foreach (var input in _inputs)
        {
            for (var row = 0; row < batch.Rows && found is not { Count: >= MessagesMax }; row++)
            {
                if (input.Problem(batch.Inputs[input.Index], row) is { } problem)
                {
                    (found ??= []).Add(Place(batch, row) + problem);
                }
            }
        }

        foreach (var (rule, left, right) in _rules)
        {
            for (var row = 0; row < batch.Rows && found is not { Count: >= MessagesMax }; row++)
            {
                if (!Holds(rule, batch.Inputs[left], batch.Inputs[right], row))
                {
                    (found ??= []).Add(
                        $"{Place(batch, row)}{rule.Left} {rule.Is} {rule.Right} does not hold: {Text(batch.Inputs[left], row)} and {Text(batch.Inputs[right], row)}"
                    );
                }
            }
        }

        return found;
    }

    private static string Place(InferenceBatch batch, int row) =>
        batch.Rows == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"row {row}: ");

    private static int IndexOf(ModelSignature signature, string column)
    {
        for (var input = 0; input < signature.Inputs.Count; input++)
        {
            if (
                ColumnNames.Comparer.Equals(signature.Inputs[input].Name, column)
                && InferenceBatch.WidthOf(signature.Inputs[input]) == 1
            )
            {
                return input;
            }
        }

        return -1;
    }

    // What is missing (not a number) has no say in a rule, as in validation.
    private static bool Holds(RowRule rule, Tensor left, Tensor right, int row)
    {
        if (left.IsMissing(row) || right.IsMissing(row))
        {
            return true;
        }

        if (left is Tensor<string> a && right is Tensor<string> b)
        {
            return RuleCheck.Holds(rule.Is, string.CompareOrdinal(a.Values[row], b.Values[row]));
        }

        // As validation compares them: as doubles, two ids beyond 2^53 may be equal that are not.
        if (left is Tensor<long> m && right is Tensor<long> n)
        {
            return RuleCheck.Holds(rule.Is, m.Values[row].CompareTo(n.Values[row]));
        }

        var (x, y) = (left.NumberAt(row), right.NumberAt(row));
        return double.IsNaN(x) || double.IsNaN(y) || RuleCheck.Holds(rule.Is, x.CompareTo(y));
    }

    private static string Text(Tensor tensor, int row) =>
        tensor is Tensor<string> texts ? $"'{texts.Values[row]}'"
        : tensor is Tensor<float> singles ? singles.Values[row].ToString(CultureInfo.InvariantCulture)
        : tensor is Tensor<long> whole ? whole.Values[row].ToString(CultureInfo.InvariantCulture)
        : tensor.NumberAt(row).ToString(CultureInfo.InvariantCulture);

    private sealed class InputCheck
    {
        private readonly ColumnExpectation _expected;
        private readonly double _min;
        private readonly double _max;
        private readonly float _minSingle;
        private readonly float _maxSingle;
        private readonly HashSet<string>? _domain;

        public InputCheck(int index, ColumnExpectation expected)
        {
            Index = index;
            _expected = expected;
            _min = expected.Min ?? double.NegativeInfinity;
            _max = expected.Max ?? double.PositiveInfinity;
            (_minSingle, _maxSingle) = ((float)_min, (float)_max);
            _domain = expected.Domain is { } domain ? new HashSet<string>(domain, StringComparer.Ordinal) : null;
        }

        public int Index { get; }

        public string? Problem(Tensor tensor, int row) =>
            tensor switch
            {
                _ when tensor.IsMissing(row) => OfMissing(),
                Tensor<float> singles => OfSingle(singles.Values[row]),
                Tensor<string> texts => OfText(texts.Values[row]),
                Tensor<bool> => null,
                _ => OfNumber(tensor.NumberAt(row)),
            };

        private string? OfSingle(float value) =>
            float.IsNaN(value) ? OfMissing()
            : value < _minSingle || value > _maxSingle ? Outside(value.ToString(CultureInfo.InvariantCulture))
            : null;

        private string? OfNumber(double value) =>
            double.IsNaN(value) ? OfMissing()
            : value < _min || value > _max ? Outside(value.ToString(CultureInfo.InvariantCulture))
            : null;

        private string? OfText(string value) =>
            _domain is null || _domain.Contains(value) ? null : $"{_expected.Name} is '{value}', which is not expected";

        private string? OfMissing() => _expected.Nullable ? null : $"{_expected.Name} is missing";

        private string Outside(string value) =>
            string.Create(CultureInfo.InvariantCulture, $"{_expected.Name} is {value}, outside of {_min} to {_max}");
    }
}
