using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>
/// The trial in the body of a pipeline's sweep: what it is about to try, as arguments of steps. A parameter that has no meaning in a trial
/// (<see cref="SearchParameter{T}.When"/>) has its first value as an argument, and is not in <see cref="Parameters"/>.
/// </summary>
public sealed class TrialItem
{
    private readonly Item<ProposedTrial> _item;
    private readonly SearchSpace _space;

    internal TrialItem(Item<ProposedTrial> item, SearchSpace space) => (_item, _space) = (item, space);

    /// <summary>All parameters that have a meaning, for a step with an <c>[Argument] ParameterValues</c>.</summary>
    public Argument<ParameterValues> Parameters => _item.Get(trial => trial.Parameters);

    /// <summary>What it may spend, with <see cref="Search.Halving"/>; otherwise 1.</summary>
    public Argument<double> Budget => _item.Get(trial => trial.Budget);

    /// <summary>Its number, from 0. A step that takes it is not reused for an equal trial of another number.</summary>
    public Argument<int> Number => _item.Get(trial => trial.Number);

    /// <summary>The value of a parameter.</summary>
    /// <exception cref="RondoException">It is a parameter of another space.</exception>
    public Argument<T> Get<T>(SearchParameter<T> parameter) =>
        parameter.Space == _space
            ? Argument<T>.Of(_item.ForEach, "arguments." + parameter.Name)
            : throw _item.ForEach.Graph.Invalid(
                $"sweep '{_item.ForEach.Parent!.Id}' is asked for parameter '{parameter.Name}' of another space",
                "Take it from the space that the sweep was given"
            );
}
